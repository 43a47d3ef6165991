"""What MediaWiki calls redirects and namespaces in some languages.

A dump says what its namespaces are called now, not what else they answer to (Bild for Datei), and
an old one does not say which pages are redirects. The table is short: of the languages that are not
in it the dump's own names, the English ones, which hold everywhere, and '#ANYWORD [[Target]]' are
understood.
"""

import dataclasses
import functools

CANONICAL_NAMES = {
    -2: ('Media',),
    -1: ('Special',),
    0: ('',),
    1: ('Talk',),
    2: ('User',),
    3: ('User talk',),
    4: ('Project',),
    5: ('Project talk',),
    6: ('File', 'Image'),
    7: ('File talk', 'Image talk'),
    8: ('MediaWiki',),
    9: ('MediaWiki talk',),
    10: ('Template',),
    11: ('Template talk',),
    12: ('Help',),
    13: ('Help talk',),
    14: ('Category',),
    15: ('Category talk',),
    828: ('Module',),
    829: ('Module talk',),
}
_PROJECT, _WIKIPEDIA = 4, 'WP'
_ENGLISH_WORD = 'REDIRECT'

# Codes; words after the # of a redirect; names of users, files, templates and categories.
_TABLE = """
ar      | تحويل | مستخدم مستخدمة | ملف صورة | قالب | تصنيف
bg      | виж пренасочване | Потребител | Файл Картинка | Шаблон | Категория
ca      | REDIRECCIÓ | Usuari | Fitxer Imatge | Plantilla | Categoria
cs      | PŘESMĚRUJ | Uživatel Uživatelka | Soubor Obrázek | Šablona | Kategorie
da      | OMDIRIGERING | Bruger | Fil Billede | Skabelon | Kategori
de als  | WEITERLEITUNG | Benutzer Benutzerin | Datei Bild | Vorlage | Kategorie
el      | ΑΝΑΚΑΤΕΥΘΥΝΣΗ | Χρήστης | Αρχείο Εικόνα | Πρότυπο | Κατηγορία
eo      | ALIDIREKTU | Uzanto | Dosiero | Ŝablono | Kategorio
es      | REDIRECCIÓN REDIRECCION | Usuario Usuaria | Archivo Imagen | Plantilla | Categoría
et      | suuna | Kasutaja | Fail Pilt | Mall | Kategooria
fa      | تغییرمسیر تغییر_مسیر | کاربر | پرونده تصویر | الگو | رده
fi      | OHJAUS UUDELLEENOHJAUS | Käyttäjä | Tiedosto Kuva | Malline | Luokka
fr      | REDIRECTION | Utilisateur Utilisatrice | Fichier | Modèle | Catégorie
he      | הפניה | משתמש משתמשת | קובץ תמונה | תבנית | קטגוריה
hu      | ÁTIRÁNYÍTÁS | Szerkesztő | Fájl Kép | Sablon | Kategória
id ms   | ALIH | Pengguna | Berkas Gambar Fail Imej | Templat | Kategori
it      | RINVIA RINVIO RIMANDO | Utente | Immagine | Template | Categoria
ja      | 転送 リダイレクト | 利用者 | ファイル 画像 | テンプレート | カテゴリ
ko      | 넘겨주기 | 사용자 | 파일 그림 | 틀 | 분류
lt      | PERADRESAVIMAS | Naudotojas | Vaizdas | Šablonas | Kategorija
lv      | | Dalībnieks | Attēls | Veidne | Kategorija
nl      | DOORVERWIJZING | Gebruiker | Bestand Afbeelding | Sjabloon | Categorie
no nb nn | OMDIRIGERING | Bruker Brukar | Fil Bilde | Mal | Kategori
pl      | PATRZ PRZEKIERUJ TAM | Wikipedysta Wikipedystka | Plik Grafika | Szablon | Kategoria
pt      | REDIRECIONAMENTO | Usuário Utilizador | Ficheiro Arquivo Imagem | Predefinição | Categoria
ro      | REDIRECTEAZA | Utilizator | Fișier Imagine | Format | Categorie
ru      | ПЕРЕНАПРАВЛЕНИЕ ПЕРЕНАПР | Участник Участница | Файл Изображение | Шаблон | Категория
sk      | presmeruj | Redaktor | Súbor Obrázok | Šablóna | Kategória
sr      | преусмери | Корисник | Датотека Слика | Шаблон | Категорија
sv      | OMDIRIGERING | Användare | Fil Bild | Mall | Kategori
th      | เปลี่ยนทาง | ผู้ใช้ | ไฟล์ ภาพ | แม่แบบ | หมวดหมู่
tr      | YÖNLENDİRME YÖNLENDİR | Kullanıcı | Dosya Resim | Şablon | Kategori
uk      | ПЕРЕНАПРАВЛЕННЯ ПЕРЕНАПР | Користувач | Файл Зображення | Шаблон | Категорія
vi      | đổi | Thành_viên | Tập_tin Hình | Bản_mẫu | Thể_loại
zh      | 重定向 重新導向 | 用户 用戶 | 文件 檔案 图像 圖像 | 模板 | 分类 分類
"""
_TABLE_NAMESPACES = (2, 6, 10, 14)


@dataclasses.dataclass(frozen=True)
class Language:
    """What one language adds to English.

    Attributes:
        redirect_words: what may stand after the # of a redirect, the English word included.
        names: names and aliases by namespace.
    """

    redirect_words: tuple[str, ...] = (_ENGLISH_WORD,)
    names: dict[int, tuple[str, ...]] = dataclasses.field(
        default_factory=lambda: {_PROJECT: (_WIKIPEDIA,)}
    )


def find(code: str) -> Language:
    """Returns the facts of a language, or of English when they are not known."""
    return _table().get(code.lower(), Language())


@functools.cache
def _table() -> dict[str, Language]:
    languages = {}
    for line in _TABLE.strip().splitlines():
        codes, words, *names = (field.split() for field in line.split('|'))
        by_namespace = {_PROJECT: (_WIKIPEDIA,)}
        for key, aliases in zip(_TABLE_NAMESPACES, names, strict=True):
            by_namespace[key] = tuple(alias.replace('_', ' ') for alias in aliases)
        language = Language((*words, _ENGLISH_WORD), by_namespace)
        languages.update(dict.fromkeys(codes, language))
    return languages
